// A mail server for trials: it accepts every mail on port 2525, prints it, and sends it to nobody.
import {SMTPServer} from 'smtp-server';

const catcher = new SMTPServer({
  authOptional: true,
  hideSTARTTLS: true,
  onData(stream, _session, done) {
    stream.pipe(process.stdout, {end: false});
    stream.on('end', done);
  },
});
catcher.listen(2525, '127.0.0.1', () => process.stdout.write('catching mail on 127.0.0.1:2525\n'));
