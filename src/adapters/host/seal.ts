/**
 * Seals secrets with AES-256-GCM under a key derived from the program's secret. A sealed text is
 * `v1.<nonce>.<tag>.<cipher text>`, each part base64url; a changed byte anywhere makes `open` throw.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Seal } from '#contracts/seal.ts';

/** Tells whether two secrets are one, and neither of them: what a database may keep of it. */
export function markOf(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'tocsin mark of the secret', 16)).toString('base64url');
}

export function createSeal(secret: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'tocsin channel settings', 32));
  return {
    seal(plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return [
        'v1',
        nonce.toString('base64url'),
        cipher.getAuthTag().toString('base64url'),
        text.toString('base64url'),
      ].join('.');
    },
    open(sealed) {
      const [version, nonce, tag, text] = sealed.split('.');
      if (version !== 'v1' || nonce === undefined || tag === undefined || text === undefined)
        throw new Error('not a sealed text');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), { authTagLength: 16 });
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return decipher.update(Buffer.from(text, 'base64url'), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
