/** Installs the packages that are missing, also those that only the tests use. */
import { install } from './install.js';

install('test/peers');
