import { MemoryDatabase } from '../../src/storage/memory.ts';
import { databaseContract } from './database-contract.ts';

databaseContract('MemoryDatabase', { durable: false }, async () => async () => new MemoryDatabase());
