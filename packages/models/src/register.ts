import { registerKerasObjects } from '@ibex/tensor';
import { Model } from './model.js';
import { Sequential } from './sequential.js';

// How files name the classes: models of graphs are `Functional` there.
registerKerasObjects('keras.src.models.functional', { Functional: Model });
registerKerasObjects('keras', { Functional: Model, Model, Sequential });
