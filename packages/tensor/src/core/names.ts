const counts = new Map<string, number>();

/** `LSTMCell` as `lstm_cell`, as Keras names objects after their classes. */
export function toSnakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** A name not given before: `dense`, then `dense_1`, `dense_2`, … */
export function autoName(className: string): string {
  const base = toSnakeCase(className);
  const count = counts.get(base) ?? 0;
  counts.set(base, count + 1);
  return count === 0 ? base : `${base}_${count}`;
}

/** Starts counting names anew. After `keras.utils.clear_session`. */
export function clearSession(): void {
  counts.clear();
}
