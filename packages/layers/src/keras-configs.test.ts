import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deserializeObject, type SerializedObject, serializeObject } from '@ibex/tensor/config';
import { expect, it } from 'vitest';
import './index.js';

// What Keras writes of layers, initializers, regularizers and constraints; see ../fixtures/generate.py.
const stored = readFileSync(fileURLToPath(new URL('../fixtures/configs.jsonl', import.meta.url)), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as SerializedObject);

it.each(stored.map((json, i) => [`${json.class_name} (${i})`, json] as const))(
  'writes %s as Keras does, from what Keras wrote',
  (_, json) => {
    expect(serializeObject(deserializeObject(json))).toEqual(json);
  },
);
