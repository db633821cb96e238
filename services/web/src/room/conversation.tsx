import {useState} from 'react';
import {useStore} from 'zustand';
import {notices} from '../chat/notices.ts';
import {refused} from '../chat/refused.ts';
import {titleOf} from '../chat/room-title.ts';
import type {RoomView} from '../chat/rooms.ts';
import {session} from '../chat/session.ts';
import {usePageTitle} from '../shell/page-title.ts';
import {Announcer} from './announcer.tsx';
import {Composer} from './composer.tsx';
import {MessageList} from './message-list.tsx';
import {PeoplePanel} from './people-panel.tsx';
import {RoomHeader} from './room-header.tsx';
import {buildRows} from './rows.ts';
import {usePeoplePanel} from './use-people-panel.ts';
import styles from './conversation.module.css';

/** A room that one is in: header, messages, composer, and the people beside them. */
export function Conversation({view}: {view: RoomView}) {
  const {id, state} = view;
  const me = useStore(session, ({user}) => user?.id ?? '');
  const ofRoom = useStore(notices, ({byRoom}) => byRoom.get(id));
  const list = useStore(refused, (store) => store.list);
  const [people, setPeople] = usePeoplePanel();
  // The line of the unread stays where it was when one came, until one leaves.
  const [readUpTo] = useState(state.unread > 0 ? state.membership.readSeq : undefined);
  const rows = buildRows({
    ...view,
    refused: list.filter(({entry}) => entry.roomId === id),
    notices: ofRoom ?? [],
    readUpTo,
    me,
  });
  usePageTitle(titleOf(state.room));

  return (
    <div className={styles.conversation} data-people={people}>
      <div className={styles.column}>
        <RoomHeader view={view} isPeopleShown={people} onPeople={() => setPeople(!people)} />
        <MessageList view={view} rows={rows} />
        <Composer view={view} />
      </div>
      {people && <PeoplePanel view={view} onClose={() => setPeople(false)} />}
      <Announcer view={view} />
    </div>
  );
}
