/** What the operations on files need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {RateLimits} from '@madang/redis/rate-limits';
import type {Config} from '../config.ts';
import type {Images} from './converted-image.ts';

export type FilesNeeds = {
  db: Database;
  /** Separate connections for statements that are slow because they are large. */
  filesDb: Database;
  images: Pick<Images, 'convert'>;
  limits: Pick<RateLimits, 'take'>;
  config: Pick<Config, 'SESSION_SECRET' | 'UPLOAD_BYTES_PER_DAY' | 'UPLOAD_BYTES_PER_USER'>;
};
