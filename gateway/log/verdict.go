package log

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"strings"

	"weir/gateway"
	"weir/scoring"
)

// Verdict logs one report as one line. The keys id, ip, from, rcpt, action, score, symbols and ms come first and are
// always there; of the others those that have something to say. A sender that is not known is "", the null sender "<>".
// What a symbol was found in (its detail) is not logged, since it may quote the mail.
func Verdict(l *slog.Logger, r *gateway.Report) {
	level := slog.LevelInfo
	if len(r.Failed) > 0 {
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !l.Enabled(ctx, level) {
		return
	}
	l.LogAttrs(ctx, level, "verdict", attrs(r)...)
}

func attrs(r *gateway.Report) []slog.Attr {
	list := make([]slog.Attr, 0, 26)
	list = append(list,
		slog.String("id", r.ID), slog.String("ip", r.IP), slog.String("from", sender(r.From)), slog.Any("rcpt", r.Rcpt),
		slog.String("action", r.Action.String()), slog.Float64("score", round(r.Score)), slog.Any("symbols", symbols(r.Symbols)),
		slog.Float64("ms", round(r.MS)))
	if r.Would != nil {
		list = append(list, slog.String("would", r.Would.String()))
	}
	for _, a := range []struct{ key, value string }{
		{"policy", r.Policy}, {"why", r.Why}, {"stage", r.Stage}, {"helo", r.Helo}, {"login", r.User}, {"message_id", r.MessageID},
		{subjectKey, r.Subject}, {"failed", failures(r.Failed)}, {"quarantine", r.Quarantine}, {"next", r.Next}, {"reply", r.Reply},
	} {
		if a.value != "" {
			list = append(list, slog.String(a.key, a.value))
		}
	}
	if r.Size > 0 {
		list = append(list, slog.Int("size", r.Size))
	}
	return append(list, groups(r.Recipients)...)
}

func sender(from *string) string {
	switch {
	case from == nil:
		return ""
	case *from == "":
		return "<>"
	}
	return *from
}

// rcptPrefix is that of the keys that tell who fares how: rcpt_accept, rcpt_quarantine.
const rcptPrefix = "rcpt_"

// groups tells, where recipients fare differently, who fares how.
func groups(list []gateway.RecipientDecision) (out []slog.Attr) {
	for _, g := range list {
		out = append(out, slog.Any(rcptPrefix+g.Action.String(), g.Rcpt))
	}
	return out
}

func failures(list []gateway.Failure) string {
	var b strings.Builder
	for i, f := range list {
		if i > 0 {
			b.WriteString("; ")
		}
		text, _, _ := strings.Cut(f.Error, "\n") // a panic's stack is in the report, not in the log
		b.WriteString(f.Name + ": " + text)
	}
	return b.String()
}

// round keeps three digits: enough for scores and milliseconds, and no 0.30000000000000004.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }

// symbols are logged by name, score and count.
type symbols []scoring.Scored

// MarshalText is for the text form: NAME=1.5 NAME=0x3.
func (s symbols) MarshalText() ([]byte, error) {
	var b []byte
	for i, one := range s {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, one.Name...)
		b = append(b, '=')
		b = strconv.AppendFloat(b, round(one.Score), 'f', -1, 64)
		if one.Count > 1 {
			b = append(b, 'x')
			b = strconv.AppendInt(b, int64(one.Count), 10)
		}
	}
	return b, nil
}

// MarshalJSON is for the JSON form: [{"name":"NAME","score":1.5,"count":1}].
func (s symbols) MarshalJSON() ([]byte, error) {
	list := make([]scoring.Scored, len(s))
	for i, one := range s {
		list[i] = scoring.Scored{Name: one.Name, Score: round(one.Score), Count: one.Count}
	}
	return json.Marshal(list)
}
