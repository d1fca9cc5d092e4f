package smtp

import (
	"context"
	"time"
)

// Shutdown stops gently: no new connections, 421 for idle sessions, time for transactions in progress to end. When ctx
// or timeouts.drain ends, sessions that still wait for their client are ended with 421. It then waits for mails whose
// fate is in the next hop's hands, until ctx ends, and returns its error if some are left: Close cuts those off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopListening()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	patience := time.NewTimer(s.live.Load().Timeouts.Drain.D())
	defer patience.Stop()
	select {
	case <-done:
		return nil
	case <-patience.C:
	case <-ctx.Done():
	}
	s.each((*session).hurry)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	select { // what ended just now counts as ended
	case <-done:
		return nil
	case <-time.After(100 * time.Millisecond):
		return ctx.Err()
	}
}

// Close stops at once: connections are cut. Mails whose dot is on its way to the next hop may arrive although their
// clients were not told so (W2 in docs/smtp.md).
func (s *Server) Close() error {
	s.stopListening()
	s.cancel()
	s.each(func(ses *session) { _ = ses.conn.tcp.Close() })
	s.running.Wait()
	return nil
}

func (s *Server) stopListening() {
	s.mu.Lock()
	s.draining = true
	for l := range s.listeners {
		_ = l.Close()
	}
	s.mu.Unlock()
	s.each((*session).drain)
}

func (s *Server) each(do func(*session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ses := range s.sessions {
		do(ses)
	}
}
