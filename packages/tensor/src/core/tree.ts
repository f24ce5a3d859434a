/** A nest of arrays and plain objects around leaves. */
export type Tree<L> = L | readonly Tree<L>[] | { readonly [key: string]: Tree<L> };

/** Arrays and plain objects are containers; everything else is a leaf. */
function isContainer(value: unknown): value is readonly unknown[] | Record<string, unknown> {
  if (Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The leaves in order: arrays by position, objects by the order of their keys. */
export function flattenTree(tree: unknown): unknown[] {
  const leaves: unknown[] = [];
  const walk = (part: unknown): void => {
    if (!isContainer(part)) leaves.push(part);
    else for (const child of Object.values(part)) walk(child);
  };
  walk(tree);
  return leaves;
}

/** A tree of the same containers, with each leaf replaced. `path` names the leaf: `[0].image`. */
export function mapTree(tree: unknown, leaf: (value: unknown, path: string) => unknown, path = ''): unknown {
  if (!isContainer(tree)) return leaf(tree, path);
  if (Array.isArray(tree)) return tree.map((child, i) => mapTree(child, leaf, `${path}[${i}]`));
  return Object.fromEntries(
    Object.entries(tree).map(([key, child]) => [
      key,
      mapTree(child, leaf, path === '' ? key : `${path}.${key}`),
    ]),
  );
}

/** A tree of the same containers as `structure`, with `leaves` in its leaves' places. */
export function unflattenTree(structure: unknown, leaves: readonly unknown[]): unknown {
  let next = 0;
  return mapTree(structure, () => leaves[next++]);
}
