import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedDocuments } from '../../scripts/generate-docs.ts';
import { ROOT } from '../support/need.ts';

test('generated documents are what the code says (npm run docs mends them)', async () => {
  for (const [path, text] of await generatedDocuments()) {
    const file = join(ROOT, path);
    assert.ok(existsSync(file), `${path} is missing`);
    assert.equal(readFileSync(file, 'utf8'), text, `${path} is not what the code says`);
  }
});
