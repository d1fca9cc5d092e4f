package gateway

import (
	"context"

	"weir/message"
)

// Judge takes one whole mail through a session and a transaction of its own, for doors whose clients hand it over in one
// piece. Of env it reads the client, the HELO name, sender and recipients; what is missing there was not told, and the
// stages that need it do not run.
//
// use gets the outcome while the transaction is open: the report is logged, with what use has noted in it, when use
// returns. raw must not change until then. A mail that is refused before its content would have come is not given to
// use: the refusal, which has a report, is returned.
func (g *Gateway) Judge(ctx context.Context, env *message.Envelope, raw []byte, use func(*Outcome)) *Refusal {
	s := g.Open(ctx, env.Client)
	defer s.Close()
	if refusal := s.Connected(ctx); refusal != nil {
		return refusal
	}
	if env.Helo != "" {
		if refusal := s.Helo(ctx, env.Helo); refusal != nil {
			return refusal
		}
	}
	return s.Judge(ctx, env, raw, use)
}

// Judge is Gateway.Judge within a session that has begun: of env it reads sender and recipients only.
//
// Recipients of all policies are judged in one transaction, whatever split says: a client that has sent the mail already
// can't send it again for each of them. Where some recipients are refused, the mail is judged for the others.
func (s *Session) Judge(ctx context.Context, env *message.Envelope, raw []byte, use func(*Outcome)) *Refusal {
	t, refusal := s.begun(ctx, env)
	if refusal != nil {
		return refusal
	}
	defer t.Close()
	t.whole = true
	var last *Refusal
	for _, to := range env.Rcpts {
		if refusal := t.Rcpt(ctx, to); refusal != nil {
			last = refusal
		}
	}
	if last != nil && len(t.env.Rcpts) == 0 {
		return last
	}
	use(t.Data(ctx, raw))
	return nil
}

func (s *Session) begun(ctx context.Context, env *message.Envelope) (*Transaction, *Refusal) {
	if !env.HasFrom {
		return s.Unknown(), nil
	}
	return s.Mail(ctx, env.From)
}
