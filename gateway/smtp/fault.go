package smtp

import (
	"fmt"
	"runtime/debug"
)

// guarded runs a command line. A fault of our own ends this session alone: the client is told to come again, nothing
// is said to be taken that is not, and all other sessions go on.
func (s *session) guarded(line []byte) {
	defer func() {
		if p := recover(); p != nil {
			s.fault(p)
		}
	}()
	s.command(line)
}

func (s *session) fault(p any) {
	s.server.Log.Error("smtp: a fault of Weir itself ended a session, its client was told 421: please report it",
		"ip", s.who.base.Addr, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	s.reply(local(421, "4.3.0", s.hostname+" has an internal fault, try again later"))
	s.over, s.rude = true, true
}
