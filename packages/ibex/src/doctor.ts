import {
  addonPath,
  CUDA_PLUGIN,
  loadAddon,
  type PluginComponent,
  type PluginReport,
  probePlugins,
} from '@ibex/native';

/** What this machine has for Ibex, in words: the core, each backend, what it found and what is missing. */
export function diagnose(): { readonly text: string; readonly ok: boolean } {
  const lines = [`Node.js ${process.version}, ${process.platform}-${process.arch}`, ''];
  try {
    const { simd, onednn, type } = loadAddon().buildInfo();
    lines.push(
      'Native core: works',
      `  ${addonPath()}`,
      `  ${type} build, ${simd} kernels, oneDNN ${onednn}`,
    );
  } catch (error) {
    lines.push('Native core: does not work', ...indent((error as Error).message), '');
    return { text: `${lines.join('\n')}\n`, ok: false };
  }
  const reports = probePlugins(true);
  for (const report of reports) lines.push('', ...describe(report));
  if (!reports.some(({ name }) => name === 'cuda')) {
    lines.push(
      '',
      'CUDA backend: not there',
      `  ${CUDA_PLUGIN} is not beside the native core. In a clone of the repository, "pnpm build:cuda" builds it.`,
    );
  }
  const usable = ['cpu', ...reports.flatMap(({ name, devices }) => devices.map((_, i) => `${name}:${i}`))];
  lines.push('', `Devices for IBEX_DEVICE and setDevice: ${usable.join(', ')}`);
  return { text: `${lines.join('\n')}\n`, ok: true };
}

function describe(report: PluginReport): string[] {
  const { name, path, build, reason, devices, components, missingOps } = report;
  const title = name === '' ? 'A backend' : name === 'cuda' ? 'CUDA backend' : `Backend "${name}"`;
  const lines = [`${title}: ${reason === '' ? 'works' : "can't be used"}`, `  ${path}`];
  if (build !== '') lines.push(`  built with ${build}`);
  if (reason !== '') lines.push(...indent(reason));
  for (const component of components) lines.push(...indent(describeComponent(component)));
  devices.forEach((device, i) => {
    const free = `${gigabytes(device.freeBytes)} of ${gigabytes(device.totalBytes)} GiB free`;
    lines.push(
      `  ${name}:${i}: ${device.description}, ${free}${device.detail === '' ? '' : `, ${device.detail}`}`,
    );
  });
  if (missingOps !== '') lines.push(`  has no kernels yet for: ${missingOps.split(',').join(', ')}`);
  return lines;
}

function describeComponent({ name, found, needed, version, path, advice }: PluginComponent): string {
  if (found) return `found   ${[name, version, path === '' ? '' : `(${path})`].filter(Boolean).join(' ')}`;
  return `${needed ? 'missing' : 'without'} ${name}. ${advice}`;
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
