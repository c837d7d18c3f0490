import { MemorySignal } from '../../src/storage/memory-signal.ts';
import { signalContract } from './signal-contract.ts';

signalContract('MemorySignal', async () => {
  const signal = new MemorySignal();
  return [signal, signal];
});
