import {z} from 'zod';

export const notification = z.object({
  id: z.uuid(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  createdAt: z.string(),
  readAt: z.string().optional(),
});
export type Notification = z.infer<typeof notification>;
