/** `npm start`: installs and builds what is missing, then serves, in this very process, so that signals reach it. */
import './build.js';

await import('../dist/main.js');
