import { ValueError } from '../core/errors.js';

// What numbers are drawn on the host: seeds for generators that were given none.

let globalSeed: number | null = null;
let hostState = Math.floor(Math.random() * 2 ** 32);

const listeners: (() => void)[] = [];

/** Called by what derives state from the global seed, to drop it when another is set. */
export function onSeedChange(listener: () => void): void {
  listeners.push(listener);
}

/**
 * Makes everything random that is drawn from now on reproducible: initial weights, dropout, shuffling, and seeds of
 * generators that were given none. After `keras.utils.set_random_seed`.
 */
export function setRandomSeed(seed: number): void {
  checkSeed(seed);
  globalSeed = seed;
  hostState = seed >>> 0;
  for (const listener of listeners) listener();
}

/** The seed given to {@link setRandomSeed}, `null` when there was none. */
export function getRandomSeed(): number | null {
  return globalSeed;
}

/** A seed for a generator that was given none: of a sequence that {@link setRandomSeed} determines. */
export function makeDefaultSeed(): number {
  return 1 + Math.floor((nextHostBits() / 2 ** 32) * 999_999_999);
}

/** Throws `ValueError` unless it is a whole number of 0 to 2^32 − 1. */
export function checkSeed(seed: number): number {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new ValueError(`A seed is a whole number from 0 to 4294967295, got ${seed}.`);
  }
  return seed;
}

/** SplitMix32: a full-period sequence whose neighbours are unrelated, also after small seeds. */
function nextHostBits(): number {
  hostState = (hostState + 0x9e3779b9) >>> 0;
  let z = hostState;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
