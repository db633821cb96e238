import {MadangChat, useRooms} from '@madang/react';
import {useState} from 'react';
import {ask, language, showDesk, texts} from './desk.tsx';

function Cases() {
  const cases = useRooms<{room: {customerId: string}}>();
  const [chosen, setChosen] = useState('');
  const room = cases.find(({id}) => id === chosen)?.room;
  const remove = async () => {
    if (room?.data && confirm(texts.sure)) await ask('DELETE', `/customers/${room.data.customerId}`);
  };
  return (
    <>
      <nav aria-label={texts.cases}>
        {cases.length === 0 && <p>{texts.none}</p>}
        {cases.map(({id, room: {title}, unread}) => (
          <button key={id} aria-pressed={id === chosen} onClick={() => setChosen(id)}>
            {title} {unread > 0 && <b>{unread}</b>}
          </button>
        ))}
      </nav>
      {room && (
        <>
          <MadangChat roomId={room.id} language={language} />
          <a href={`/cases/${room.id}/transcript`}>{texts.transcript}</a>
          <button onClick={() => void remove()}>{texts.remove}</button>
        </>
      )}
    </>
  );
}

showDesk(
  () => Promise.resolve(),
  () => <Cases />,
);
