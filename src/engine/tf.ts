/** The tfjs namespace programs are written with. Importing it pins the eager default to the JavaScript CPU backend. */
import * as tf from '@tensorflow/tfjs';

if (!tf.getBackend()) {
  void tf.setBackend('cpu');
  // The CPU backend greets on the console at its first tensor, except under test.
  tf.env().set('IS_TEST', true);
  tf.scalar(0).dispose();
  tf.env().set('IS_TEST', false);
}

export * from '@tensorflow/tfjs';
