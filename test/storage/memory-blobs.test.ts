import { MemoryBlobs } from '../../src/storage/memory-blobs.ts';
import { blobsContract } from './blobs-contract.ts';

blobsContract('MemoryBlobs', async () => new MemoryBlobs());
