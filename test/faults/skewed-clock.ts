/**
 * Loaded before anything else (`node --import`): this process believes that it is TOCSIN_SKEW_MS later than it is.
 */
const skewMs = Number(process.env['TOCSIN_SKEW_MS']);
const now = Date.now.bind(Date);
const Real = Date;

globalThis.Date = new Proxy(Real, {
  construct: (_, given) => Reflect.construct(Real, given.length === 0 ? [now() + skewMs] : given),
  get: (_, name) => (name === 'now' ? () => now() + skewMs : Reflect.get(Real, name)),
});
