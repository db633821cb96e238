import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {useStore} from 'zustand';
import {acts, holdOn, hurry, takeBack, type Act} from '../chat/undo.ts';
import {Button} from '../ui/button.tsx';
import {roomAddress} from './room-address.ts';
import styles from './undo-corner.module.css';

/** Offers to take back that the user left a room. */
export function UndoCorner() {
  const waiting = useStore(acts, (state) => state.waiting);
  const last = waiting.findLast((act) => act.kind === 'leave');
  return (
    <div role="status" className={styles.corner}>
      {last !== undefined && <Left key={last.roomId} act={last} />}
    </div>
  );
}

function Left({act}: {act: Act & {kind: 'leave'}}) {
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  const back = () => {
    takeBack(act);
    navigate(roomAddress(act.roomId));
  };
  return (
    <div
      className={styles.note}
      onPointerEnter={() => holdOn(act)}
      onPointerLeave={() => hurry(act)}
      onFocus={() => holdOn(act)}
      onBlur={() => hurry(act)}
    >
      <span dir="auto" className={styles.words}>
        {t('undo.left', {title: act.title})}
      </span>
      <Button look="quiet" onClick={back}>
        {t('undo.undo')}
      </Button>
    </div>
  );
}
