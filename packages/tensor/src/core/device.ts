import { AsyncLocalStorage } from 'node:async_hooks';
import { totalmem } from 'node:os';
import { type PluginReport, probePlugins } from '@ibex/native';
import { DeviceUnavailableError, ValueError } from './errors.js';
import { limitOf } from './memory-limit.js';
import { native } from './runtime.js';

/** A device that programs can run on. */
export interface DeviceDescription {
  /** What `setDevice` takes: `cpu`, `cuda:0`. */
  readonly name: string;
  /** What its maker calls it. */
  readonly description: string;
  readonly detail: string;
  /** Its memory; 0 for the CPU, whose memory is the system's. */
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** A device by its name and by its number in the core, and its memory. */
export interface OpenDevice {
  readonly name: string;
  readonly number: number;
  readonly totalBytes: number;
}

const CPU: OpenDevice = { name: 'cpu', number: 0, totalBytes: totalmem() };

/** The device of new tensors and programs outside of `withDevice`; chosen when it is first needed. */
let current: OpenDevice | undefined;
/** That of the running `withDevice`, also in what it awaits. Made by the first. */
let placed: AsyncLocalStorage<OpenDevice> | undefined;
/** The numbers of all devices that were chosen. */
const chosen = new Set<number>();

function choose(device: OpenDevice): OpenDevice {
  chosen.add(device.number);
  return device;
}

/** The device of new tensors and programs. */
export function currentDevice(): OpenDevice {
  return placedDevice() ?? defaultDevice();
}

/** That outside of `withDevice`. */
export function defaultDevice(): OpenDevice {
  return (current ??= choose(chooseDevice()));
}

/** That of the running `withDevice`, or `null` outside of any. */
export function placedDevice(): OpenDevice | null {
  return placed?.getStore() ?? null;
}

/** Whether values may be on another device than the one where they are needed. */
export function hasSeveralDevices(): boolean {
  return chosen.size > 1;
}

/** Runs `body` with another device as the current one. */
export function atDevice<T>(device: OpenDevice, body: () => T): T {
  placed ??= new AsyncLocalStorage();
  return placed.run(choose(device), body);
}

/**
 * Runs `body` with another device as the current one, also in what it awaits: what is called in it is computed there, and
 * its new tensors are there. So `await withDevice('cuda:1', () => model.fit(x, y))` trains on the second GPU. A compiled
 * function runs as a whole where it is called, so within one it has no effect. After `keras.device`.
 * Throws `DeviceUnavailableError` where the device can't be used.
 */
export function withDevice<T>(name: string, body: () => T): T {
  return atDevice(deviceByName(name), body);
}

/** The name of the device that new tensors and programs are for. */
export function getDevice(): string {
  return currentDevice().name;
}

/** Its number in the core. */
export function deviceNumber(): number {
  return currentDevice().number;
}

/** A new buffer on it, with a copy of the bytes. */
export function uploadBytes(bytes: ArrayBufferView): number {
  const number = deviceNumber();
  return native((core) => core.bufferFromData(bytes, number));
}

/**
 * Chooses the device of what comes, but for what is in `withDevice`: `cpu`, `cuda:0`, `cuda` (the first of them), or `auto`.
 * Tensors and variables that are elsewhere go there when a program needs them.
 * Throws `DeviceUnavailableError`, with what was found and what is missing, where it can't be used.
 */
export function setDevice(name: string): void {
  current = choose(deviceByName(name));
}

/** A device by its name; it is opened where it was not yet. */
export function deviceByName(name: string): OpenDevice {
  return name === 'auto' ? chooseUnasked() : openDevice(name);
}

/** The devices that can be used here: the CPU, then those of other backends. */
export function listDevices(): DeviceDescription[] {
  const detail = native((core) => core.buildInfo().simd);
  const devices: DeviceDescription[] = [
    { name: CPU.name, description: 'CPU', detail, totalBytes: 0, freeBytes: 0 },
  ];
  for (const { name, devices: found } of probePlugins(true)) {
    found.forEach((each, i) => {
      devices.push({ name: `${name}:${i}`, ...each });
    });
  }
  return devices;
}

function chooseDevice(): OpenDevice {
  const asked = process.env['IBEX_DEVICE'] ?? '';
  return asked === '' || asked === 'auto' ? chooseUnasked() : openDevice(asked);
}

/** The first device that can do everything, or the CPU. Where there is another that can't be used, that is said. */
function chooseUnasked(): OpenDevice {
  for (const report of probePlugins()) {
    if (report.devices.length > 0 && report.missingOps === '') return open(report, 0);
    if (isThere(report)) {
      process.emitWarning(`Ibex computes on the CPU. ${whyNot(report)}`, { code: 'IBEX_DEVICE_FALLBACK' });
    }
  }
  return limited(CPU);
}

/** Whether there seems to be a device, so that a user may wonder why it is not used. */
function isThere({ devices, components }: PluginReport): boolean {
  return devices.length > 0 || components.some(({ found, needed }) => found && needed);
}

function whyNot({ name, path, reason, missingOps, components }: PluginReport): string {
  const which = name === '' ? path : `The ${name} backend`;
  if (reason === '') {
    const ops = missingOps.split(',');
    const shown = ops.slice(0, 4).join(', ');
    return `${which} has no kernels for ${ops.length > 4 ? `${shown} and ${ops.length - 4} more ops` : shown} yet, so it is used only when it is asked for, with IBEX_DEVICE or setDevice.`;
  }
  const advice = components.filter(({ found, needed }) => needed && !found).map((each) => each.advice);
  return [`${which} can't be used: ${reason}`, ...advice, 'More is told by "npx ibex doctor".'].join(' ');
}

function openDevice(name: string): OpenDevice {
  if (name === CPU.name) return limited(CPU);
  const parsed = /^([a-z]+)(?::(\d+))?$/.exec(name);
  if (!parsed) throw new ValueError(`'${name}' is no name of a device: expected 'cpu', 'cuda' or 'cuda:0'.`);
  const kind = parsed[1]!;
  const index = Number(parsed[2] ?? 0);
  const reports = probePlugins();
  const report = reports.find((each) => each.name === kind);
  if (!report) throw missingBackend(name, kind, reports);
  if (report.reason !== '')
    throw new DeviceUnavailableError(`There is no device '${name}'. ${whyNot(report)}`);
  if (index >= report.devices.length) {
    const names = report.devices.map((each, i) => `${kind}:${i} (${each.description})`);
    throw new DeviceUnavailableError(`There is no device '${name}', only ${names.join(', ')}.`);
  }
  return open(report, index);
}

function missingBackend(
  device: string,
  kind: string,
  reports: readonly PluginReport[],
): DeviceUnavailableError {
  const parts = [`There is no backend for the device '${device}'.`];
  for (const report of reports) if (report.name === '') parts.push(whyNot(report));
  if (kind === 'cuda') {
    parts.push('The CUDA backend was not built: in a clone of the repository, "pnpm build:cuda" does that.');
  }
  return new DeviceUnavailableError(parts.join(' '));
}

function open({ name, path, devices }: PluginReport, index: number): OpenDevice {
  const number = native((core) => core.deviceOpen(path, index));
  return limited({ name: `${name}:${index}`, number, totalBytes: devices[index]!.totalBytes });
}

/** The numbers of devices that have the limit of memory that the environment gives. */
const limitsSet = new Set<number>();

function limited(device: OpenDevice): OpenDevice {
  if (!limitsSet.has(device.number)) {
    const bytes = limitOf(device.name, device.totalBytes);
    if (bytes > 0) native((core) => core.setMemoryLimit(bytes, device.number));
    limitsSet.add(device.number);
  }
  return device;
}
