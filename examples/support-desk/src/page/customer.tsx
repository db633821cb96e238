import {MadangChat} from '@madang/react';
import {ask, language, showDesk} from './desk.tsx';

showDesk(
  () => ask<{roomId: string}>('POST', '/case', {}),
  ({roomId}) => <MadangChat roomId={roomId} language={language} />,
);
