/**
 * `npm start`: builds the page where it is not up to date, then runs the program in this process.
 */
import { buildWeb } from './build-web.ts';

const talksOnly = process.argv.slice(2).some((flag) => /^--(help|print-config|check-config)$/.test(flag));
if (!talksOnly) {
  console.log('Tocsin: looking after the page …');
  console.log(await buildWeb());
}
await import('../src/main.ts');
