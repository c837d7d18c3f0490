/** Installs the servers that `npm run bench -- --peers` measures beside ours, where they are missing. */
import { install } from './install.js';

install('bench/peers');
