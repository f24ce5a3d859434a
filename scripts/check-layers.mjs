// Holds the arrows of the design: packages use only what is below them, through its exports; no module is part of a
// circle of imports; only native/bindings knows Node's headers. Usage: node scripts/check-layers.mjs
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { listFiles, root } from './lib.mjs';

/**
 * What each package may use. The order is from the bottom up.
 * @type {Record<string, string[]>}
 */
const PACKAGES = {
  native: [],
  tensor: ['native'],
  losses: ['tensor'],
  metrics: ['tensor', 'losses'],
  optimizers: ['tensor'],
  layers: ['tensor'],
  data: ['tensor'],
  models: ['tensor', 'layers', 'losses', 'metrics', 'optimizers', 'data'],
  callbacks: ['tensor', 'models'],
  ibex: ['native', 'tensor', 'layers', 'losses', 'metrics', 'optimizers', 'data', 'models', 'callbacks'],
};

/**
 * What each part of the core may include.
 * @type {Record<string, string[]>}
 */
const CORE = {
  ir: ['ir'],
  passes: ['ir', 'passes', 'backends'],
  executor: ['ir', 'passes', 'executor', 'backends'],
  backends: ['ir', 'backends'],
  bindings: ['ir', 'passes', 'executor', 'backends', 'bindings'],
};

/** @type {string[]} */
const problems = [];
const report = (/** @type {string} */ file, /** @type {string} */ problem) =>
  problems.push(`${relative(root, file)}: ${problem}`);

checkPackages();
checkCore();
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else {
  console.log('Layers: no arrow goes up, no circular imports.');
}

function checkPackages() {
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  for (const [name, below] of Object.entries(PACKAGES)) {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    const declared = Object.keys(manifest.dependencies ?? {});
    for (const dependency of declared) {
      const target = packageOf(dependency);
      if (target && !below.includes(target)) {
        report(
          join(root, 'packages', name, 'package.json'),
          `depends on ${dependency}, which is not below it`,
        );
      }
    }
    for (const file of listFiles([`packages/${name}/src`]).filter((each) => each.endsWith('.ts'))) {
      const isTest = file.endsWith('.test.ts');
      /** @type {string[]} */
      const local = [];
      for (const { specifier, typeOnly, bare } of importsOf(file)) {
        if (specifier.startsWith('.')) {
          const target = resolve(dirname(file), specifier).replace(/\.js$/, '.ts');
          if (!existsSync(target)) report(file, `imports ${specifier}, which does not exist`);
          else if (relative(join(root, 'packages', name, 'src'), target).startsWith('..')) {
            report(file, `imports ${specifier}, outside of its package's sources`);
          } else if (!typeOnly) local.push(target);
          if (bare && !isTest && manifest.sideEffects === false) {
            report(
              file,
              `imports ${specifier} for its effect, but its package.json says that there are no such`,
            );
          }
        } else if (!specifier.startsWith('node:')) {
          checkExternal({ file, name, below, declared, isTest, specifier });
        }
      }
      if (!isTest) graph.set(file, local);
      // A call at the margin is one that runs when the module is loaded.
      if (
        !isTest &&
        manifest.sideEffects === false &&
        /^(await )?[a-z]\w*\(/m.test(readFileSync(file, 'utf8'))
      ) {
        report(file, 'does something when it is loaded, but its package.json says that nothing does');
      }
    }
  }
  for (const circle of circles(graph)) {
    report(String(circle[0]), `circular imports: ${circle.map((each) => relative(root, each)).join(' → ')}`);
  }
}

function checkExternal({ file, name, below, declared, isTest, specifier }) {
  const target = packageOf(specifier);
  if (!target) {
    const external = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const known = declared.includes(external) || (isTest && external === 'vitest');
    if (!known) report(file, `imports ${specifier}, which its package.json does not name`);
    return;
  }
  if (target === name && isTest) return;
  if (!below.includes(target)) report(file, `imports ${specifier}, which is not below it`);
  else if (!declared.includes(specifier.split('/', target === 'ibex' ? 1 : 2).join('/'))) {
    report(file, `imports ${specifier}, which its package.json does not name`);
  }
  const subpath = target === 'ibex' ? '' : specifier.split('/').slice(2).join('/');
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', target, 'package.json'), 'utf8'));
  if (subpath && !(`./${subpath}` in exports)) report(file, `imports ${specifier}, which is no export of it`);
  if (target === 'native' && name !== 'tensor' && name !== 'ibex') {
    report(file, 'imports @ibex/native: only @ibex/tensor knows that there is an addon');
  }
}

/** The folder of one of our packages, by an import's specifier. */
function packageOf(specifier) {
  const found = /^(?:@ibex\/([^/]+)|(ibex)(?:\/|$))/.exec(specifier);
  return found ? (found[1] ?? found[2]) : undefined;
}

/**
 * The imports of a TypeScript module.
 * @param {string} file
 * @returns {{ specifier: string, typeOnly: boolean, bare: boolean }[]}
 */
function importsOf(file) {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found = [];
  for (const [, keyword, type, specifier] of text.matchAll(
    /^[ \t]*(import|export)\s+(type\s+(?!from\b))?[^;'"`]*?\bfrom\s+['"]([^'"]+)['"]/gm,
  )) {
    found.push({ specifier, typeOnly: type !== undefined, bare: false, keyword });
  }
  for (const [, specifier] of text.matchAll(/^[ \t]*import\s+['"]([^'"]+)['"]/gm)) {
    found.push({ specifier, typeOnly: false, bare: true });
  }
  // A lazy import is no circle, but it is an arrow.
  for (const [, specifier] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ specifier, typeOnly: true, bare: false });
  }
  return found;
}

/**
 * The circles of a graph: one for each strongly connected group (Tarjan).
 * @param {Map<string, string[]>} graph
 */
function circles(graph) {
  const order = new Map();
  const low = new Map();
  /** @type {string[]} */
  const stack = [];
  const groups = [];
  const visit = (/** @type {string} */ node) => {
    order.set(node, order.size);
    low.set(node, order.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) !== order.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1 || (graph.get(node) ?? []).includes(node)) groups.push(path(graph, group));
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return groups;
}

/** A shortest circle within a group, for the message. */
function path(graph, group) {
  const start = group[0];
  /** @type {string[][]} */
  const queue = [[start]];
  const seen = new Set();
  for (let trail = queue.shift(); trail; trail = queue.shift()) {
    for (const next of graph.get(trail.at(-1)) ?? []) {
      if (next === start) return [...trail, start];
      if (group.includes(next) && !seen.has(next)) {
        seen.add(next);
        queue.push([...trail, next]);
      }
    }
  }
  return group;
}

function checkCore() {
  for (const file of listFiles(['native']).filter((each) => /\.(cpp|h|cu|cuh)$/.test(each))) {
    const part = relative(join(root, 'native'), file).split('/')[0];
    const allowed = CORE[part];
    for (const [, header] of readFileSync(file, 'utf8').matchAll(/^\s*#\s*include\s+["<]([^">]+)[">]/gm)) {
      if (/^(node_api|js_native_api|napi)/.test(header) && part !== 'bindings') {
        report(file, `includes ${header}: only native/bindings may`);
      }
      const target = header.split('/')[0];
      if (allowed && target in CORE && !allowed.includes(target))
        report(file, `includes ${header}, which is not below ${part}`);
    }
  }
}
