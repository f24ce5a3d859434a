import { SeedGenerator, Variable } from '@ibex/tensor';
import { isPlainObject } from './call-arguments.js';
import type { Layer } from './layer.js';

/** What a metric looks like from here: metrics are no dependency of layers. */
export interface TrackedMetric {
  readonly name: string;
  readonly variables: readonly Variable[];
  updateState(...args: never[]): void;
  resetState(): void;
}

function isMetric(value: object): value is TrackedMetric {
  const { updateState, resetState } = value as Partial<Record<keyof TrackedMetric, unknown>>;
  return typeof updateState === 'function' && typeof resetState === 'function';
}

/**
 * The state that a layer owns: what was made by `addWeight`, and the variables, layers, metrics and seed generators that
 * lie in its attributes, alone or in arrays, maps, sets and plain objects. Attributes are looked through when somebody
 * asks; what was found before keeps its place, so that the order is that in which things came.
 */
export class Tracker {
  readonly #owner: Layer;
  readonly #isLayer: (value: unknown) => value is Layer;
  readonly #made = new Set<Variable>();
  #trainable: Variable[] = [];
  #nonTrainable: Variable[] = [];
  #layers: Layer[] = [];
  #metrics: TrackedMetric[] = [];
  #seedGenerators: SeedGenerator[] = [];

  constructor(owner: Layer, isLayer: (value: unknown) => value is Layer) {
    this.#owner = owner;
    this.#isLayer = isLayer;
  }

  /** Notes a variable at once, before it lies in an attribute. */
  add(variable: Variable): void {
    this.#made.add(variable);
    this.#addVariable(variable);
  }

  /** Variables that were trainable when they came. */
  get trainable(): readonly Variable[] {
    this.refresh();
    return this.#trainable;
  }

  get nonTrainable(): readonly Variable[] {
    this.refresh();
    return this.#nonTrainable;
  }

  get layers(): readonly Layer[] {
    this.refresh();
    return this.#layers;
  }

  get metrics(): readonly TrackedMetric[] {
    this.refresh();
    return this.#metrics;
  }

  get seedGenerators(): readonly SeedGenerator[] {
    this.refresh();
    return this.#seedGenerators;
  }

  /** Looks through the attributes. */
  refresh(): void {
    const found = new Set<unknown>();
    const walk = (value: unknown): void => {
      if (value === null || (typeof value !== 'object' && typeof value !== 'function') || found.has(value))
        return;
      if (
        this.#isLayer(value) ||
        value instanceof Variable ||
        value instanceof SeedGenerator ||
        isMetric(value)
      ) {
        found.add(value);
      } else if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
        found.add(value);
        for (const entry of value.values()) walk(entry);
      } else if (isPlainObject(value)) {
        found.add(value);
        for (const entry of Object.values(value)) walk(entry);
      }
    };
    for (const value of Object.values(this.#owner)) walk(value);

    const present = (value: unknown): boolean => found.has(value) || this.#made.has(value as Variable);
    this.#trainable = this.#trainable.filter(present);
    this.#nonTrainable = this.#nonTrainable.filter(present);
    this.#layers = merge(this.#layers, found, this.#isLayer);
    this.#seedGenerators = merge(this.#seedGenerators, found, (value) => value instanceof SeedGenerator);
    this.#metrics = merge(
      this.#metrics,
      found,
      (value): value is TrackedMetric =>
        !this.#isLayer(value) && !Array.isArray(value) && isMetric(value as object),
    );
    for (const value of found) if (value instanceof Variable) this.#addVariable(value);
  }

  #addVariable(variable: Variable): void {
    if (this.#trainable.includes(variable) || this.#nonTrainable.includes(variable)) return;
    (variable.trainable ? this.#trainable : this.#nonTrainable).push(variable);
    if (!this.#owner.trainable) variable.trainable = false;
  }
}

/** Those of `known` that are still there, then those that are new. */
function merge<T>(known: readonly T[], found: ReadonlySet<unknown>, is: (value: unknown) => value is T): T[] {
  return [...new Set([...known.filter((value) => found.has(value)), ...[...found].filter(is)])];
}
