/** Receives the deliveries of a webhook, and mails the members who have not read a message and are away. */
import {createServer as createHttpServer, type IncomingMessage} from 'node:http';
import {verifyWebhook, WebhookError, type Server, type TenantEvent} from '@madang/server';
import type {Transporter} from 'nodemailer';

export type NoticesOptions = {
  server: Server;
  transport: Pick<Transporter, 'sendMail'>;
  /** The secret of the webhook: `whsec_…`. */
  secret: string;
  from: string;
  /** The address where people read. The mail links to the room there. */
  pageUrl: string;
  /** Called when a mail could not be sent. The cluster delivers its event again. */
  onFailure: (error: unknown) => void;
};

/** A delivery has at most 256 KiB of events. */
const longestBody = 512 * 1024;
const rememberedEvents = 10_000;

export function createNotices(options: NoticesOptions) {
  // Deliveries may come twice. A product would keep these ids in its database, so that a restart sends no mail twice.
  const handled = new Set<string>();

  async function handle(event: TenantEvent): Promise<void> {
    if (event.type !== 'message.unseen' || handled.has(event.id)) return;
    await sendNotice(event, options);
    handled.add(event.id);
    const [oldest] = handled;
    if (handled.size > rememberedEvents) handled.delete(oldest!);
  }

  return createHttpServer((req, res) => {
    const answer = (status: number) => res.writeHead(status).end();
    const take = async () => {
      const body = await read(req);
      const {data} = verifyWebhook({secret: options.secret, headers: req.headers, body});
      for (const event of data.events) await handle(event);
    };
    // The cluster repeats a delivery that is not answered with 2xx, so no mail is lost while the mail server is away.
    take().then(
      () => answer(204),
      (error: unknown) => {
        if (!(error instanceof WebhookError)) options.onFailure(error);
        answer(error instanceof WebhookError ? 400 : 500);
      },
    );
  });
}

/** Mails the address in the user's data. People without an address, and those who have read the message, get nothing. */
async function sendNotice(
  {data: {userId = '', roomId = '', unread = 0}}: TenantEvent,
  {server, transport, from, pageUrl}: NoticesOptions,
): Promise<void> {
  if (unread === 0) return;
  const [user, room] = await Promise.all([
    unlessGone(server.getUser(`id:${userId}`)),
    unlessGone(server.room(roomId)),
  ]);
  const to = user?.data?.['email'];
  if (!user || !room || typeof to !== 'string') return;
  const count = unread === 1 ? 'a message' : `${unread > 99 ? 'over 99' : unread} messages`;
  await transport.sendMail({
    from,
    to: {name: user.displayName ?? user.name, address: to},
    subject: `You have ${count} in “${room.title}”`,
    text: `Read and answer here: ${new URL(`/rooms/${roomId}`, pageUrl)}\n`,
  });
}

/** Returns undefined if the user was deleted, or the room closed, since the event. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const {code} = error as {code?: string};
    if (code === 'not_found' || code === 'room_closed') return undefined;
    throw error;
  }
}

async function read(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > longestBody) throw new WebhookError('The delivery is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
