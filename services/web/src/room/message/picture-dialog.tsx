import type {Attachment} from '@madang/client/client';
import {clusterAddress} from '../../chat/client.ts';
import {Dialog} from '../../ui/dialog.tsx';
import styles from './attachment.module.css';

/** One image, as large as the window allows. */
export default function PictureDialog({attachment, onClose}: {attachment: Attachment; onClose: () => void}) {
  const {name, width, height, url} = attachment;
  return (
    <Dialog title={name} isOpen isWide onClose={onClose}>
      <img className={styles.whole} src={clusterAddress(url)} alt={name} width={width} height={height} />
    </Dialog>
  );
}
