// Settings that hold for the whole process, and the configurations of objects as Keras writes them.
export {
  epsilon,
  floatx,
  type ImageDataFormat,
  imageDataFormat,
  setEpsilon,
  setFloatx,
  setImageDataFormat,
} from '../core/config.js';
export { DTypePolicy, dtypePolicy, getDtypePolicy, setDtypePolicy } from './dtype-policy.js';
export { mapKeys, toCamelKey, toSnakeKey } from './key-case.js';
export {
  type Class,
  customObjectScope,
  type RegistrationOptions,
  registeredNameOf,
  registerKerasObjects,
  registerSerializable,
  type Serializable,
} from './registration.js';
export {
  type DeserializeOptions,
  deserializeObject,
  isSerializedObject,
  type SerializedObject,
  serializeObject,
} from './serialization.js';
export { sharingScope } from './sharing.js';
