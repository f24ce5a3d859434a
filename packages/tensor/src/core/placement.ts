import { toTensor } from './apply.js';
import { atDevice, currentDevice, hasSeveralDevices, type OpenDevice, withDevice } from './device.js';
import { native } from './runtime.js';
import { Tensor, type TensorLike } from './tensor.js';

/**
 * The value as a tensor on a device, by default the current one: computed where that is not done yet, and copied from where
 * it is. All of this goes on in the background. A tensor that is there already is given back as it is, as is one of a
 * function that is being compiled.
 * Throws `DeviceUnavailableError` where the device can't be used.
 */
export function toDevice(value: TensorLike, device?: string): Tensor {
  if (device !== undefined) return withDevice(device, () => toDevice(value));
  const tensor = toTensor(value);
  if (tensor.node?.trace) return tensor;
  tensor.bufferHandle();
  return placeOn(currentDevice(), [tensor])[0]!;
}

/** The tensors on a device: copies of those that are elsewhere. The list itself where there are none. */
export function placeOn(device: OpenDevice, tensors: readonly Tensor[]): readonly Tensor[] {
  if (!hasSeveralDevices()) return tensors;
  const placed = atDevice(device, () => tensors.map((tensor) => onDevice(tensor, device)));
  return placed.some((tensor, i) => tensor !== tensors[i]) ? placed : tensors;
}

function onDevice(tensor: Tensor, device: OpenDevice): Tensor {
  const handle = tensor.bufferHandle();
  if (native((core) => core.bufferDevice(handle)) === device.name) return tensor;
  const copy = native((core) => core.bufferToDevice(handle, device.number));
  return Tensor.ofHandle(tensor.shape, tensor.dtype, copy);
}
