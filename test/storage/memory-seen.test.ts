import { MemorySeen } from '../../src/storage/memory-seen.ts';
import { seenContract } from './seen-contract.ts';

seenContract('MemorySeen', async () => {
  let time = Date.now();
  const now = (): number => time;
  const seen = new MemorySeen({ limit: 100, now });
  return { near: seen, far: seen, now, pass: (seconds) => { time += seconds * 1000; } };
});
