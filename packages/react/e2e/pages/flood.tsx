// Counts how often React draws what shows a room's messages, and in which frame.
import {createClient} from '@madang/client';
import {MadangProvider, useMessages, useRoom, useRooms} from '@madang/react';
import {Profiler, StrictMode} from 'react';
import {createRoot} from 'react-dom/client';

const client = createClient();
const roomId = new URLSearchParams(location.search).get('room')!;
const drawn = {frame: 0, commits: [] as number[], newest: 0};
Object.assign(globalThis, {drawn});

function count(): void {
  drawn.frame += 1;
  requestAnimationFrame(count);
}

function Messages() {
  const {messages} = useMessages(roomId);
  const unread = useRooms().length + (useRoom(roomId)?.unread ?? 0);
  drawn.newest = messages.at(-1)?.seq ?? 0;
  return (
    <output data-unread={unread}>
      {messages.slice(-20).map(({seq, text}) => (
        <p key={seq}>{text}</p>
      ))}
    </output>
  );
}

requestAnimationFrame(count);
await client.guest({displayName: 'Reader'});
await client.call('room:join', {roomId});
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MadangProvider client={client}>
      <Profiler id="messages" onRender={() => drawn.commits.push(drawn.frame)}>
        <Messages />
      </Profiler>
    </MadangProvider>
  </StrictMode>,
);
