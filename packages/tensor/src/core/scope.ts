import { provideScope } from './errors.js';

const path: string[] = [];
let joined = '';

provideScope(() => joined);

/** The names of the scopes that the running code is in, joined by `/`: the path of variables made in it, and of errors. */
export function currentScope(): string {
  return joined;
}

/** Runs `body` within a scope of the given name; an empty name adds none. */
export function nameScope<T>(name: string, body: () => T): T {
  if (name === '') return body();
  const before = joined;
  path.push(name);
  joined = before === '' ? name : `${before}/${name}`;
  try {
    return body();
  } finally {
    path.pop();
    joined = before;
  }
}

/** Runs `body` as if no scope were open. */
export function rootScope<T>(body: () => T): T {
  const before = joined;
  const names = path.splice(0);
  joined = '';
  try {
    return body();
  } finally {
    path.push(...names);
    joined = before;
  }
}
