package milter

import (
	"time"

	"github.com/emersion/go-milter"
)

// actProgress says "still working" (SMFIR_PROGRESS): a mail server that waits for a verdict begins to wait anew.
const actProgress = 'p'

// hurried is how long after timeouts.answer a mail is put off, when even the end of all filters' time brought no verdict.
const hurried = 10 * time.Second

// lateness is about a verdict that takes long. It is guarded by wire.mu.
type lateness struct {
	timer   *time.Timer
	waiting bool      // a mail server waits
	until   time.Time // when it is told to come again
	told    bool      // it was
}

// progress is a whole packet.
var progress = []byte{0, 0, 0, 1, actProgress}

// working begins the time in which a mail server waits for a verdict.
func (w *wire) working() {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &w.late
	l.waiting, l.told, l.until = true, false, time.Now().Add(w.times.Answer.D()+hurried)
	if l.timer == nil {
		l.timer = time.AfterFunc(w.pause(), w.stillWorking)
		return
	}
	l.timer.Reset(w.pause())
}

// pause is the time until the next sign of life.
func (w *wire) pause() time.Duration {
	return max(0, min(w.times.Progress.D(), time.Until(w.late.until)))
}

// stillWorking gives a sign of life, or puts the mail off when its time is over (CASES B21).
func (w *wire) stillWorking() {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &w.late
	switch {
	case !l.waiting:
	case !time.Now().Before(l.until):
		_ = w.send([]byte{0, 0, 0, 1, byte(milter.ActTempFail)})
		l.told, l.waiting = true, false
	case w.send(progress) == nil:
		l.timer.Reset(w.pause())
	}
}

// answer writes the verdict, with the changes before it. It tells whether that came too late: the mail server has been
// told to come again, and the connection must end.
func (w *wire) answer() (late bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &w.late
	l.waiting = false
	l.timer.Stop()
	if l.told {
		w.out = w.out[:0]
		return true, nil
	}
	return false, w.write()
}
