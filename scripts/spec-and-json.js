/** Mocha's reporter `spec` for those who watch, and `json` into the file that `--reporter-option output=FILE` names. */
import Mocha from 'mocha';

const { spec: Spec, json: Json } = Mocha.reporters;

export default class SpecAndJson extends Spec {
  constructor(runner, options) {
    super(runner, options);
    new Json(runner, options);
  }
}
