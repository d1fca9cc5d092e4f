package smtp

import "context"

// Shutdown stops gently: no new connections, 421 for idle sessions, time for transactions in progress to end. When ctx
// or timeouts.drain ends, sessions that still wait for their client are ended with 421. It then waits for mails whose
// fate is in the next hop's hands, until ctx ends, and returns its error if some are left: Close cuts those off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopListening()
	return s.sessions.Drain(ctx, s.live.Load().Timeouts.Drain.D(), (*session).hurry)
}

// Close stops at once: connections are cut. Mails whose dot is on its way to the next hop may arrive although their
// clients were not told so (W2 in docs/smtp.md).
func (s *Server) Close() error {
	s.stopListening()
	s.cancel()
	s.sessions.Each(func(ses *session) { _ = ses.conn.tcp.Close() })
	s.sessions.Wait()
	return nil
}

func (s *Server) stopListening() {
	s.sessions.Stop()
	s.sessions.Each((*session).drain)
}
