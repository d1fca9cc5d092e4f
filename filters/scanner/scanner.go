// Package scanner asks those who scan mail for malware: clamd, ICAP servers. It is what the filters clamav and icap
// share, and no filter itself.
//
// There are three answers, never two: found, clean, and unscanned. Unscanned is the zero value, so that whatever is
// forgotten, cut off or misunderstood on the way can't turn into clean. A Pool has one or more scanners of one kind. It
// gives each piece of mail to the least busy one that is well, never more at once than the scanner bears, and to
// another one where the first fails; all within an absolute deadline, whatever the scanner does. Scanners are tried in
// the background, so that one that hangs makes few mails wait.
//
// What was scanned is remembered for minutes by the SHA-256 of the very bytes that were sent, together with the version
// of the scanners' databases: the same attachment in a thousand mails is scanned once.
package scanner

import (
	"errors"
	"net"
	"time"
)

// State is what is known of a piece of mail.
type State uint8

// The states. Unscanned is the zero value.
const (
	Unscanned State = iota // nobody could tell
	Clean                  // the scanner saw all of it and said that nothing is in it
	Found                  // the scanner named something in it
)

// Verdict is a scanner's answer about a piece.
type Verdict struct {
	State State
	Name  string // of what was found, as the scanner calls it
	Kind  string // what sort of thing that is, in the engine's words; "" if it does not tell
	Old   bool   // the scanner's database is older than Config.MaxAge
}

// Kinds of what is found, in the words that all engines share. Limits: the scanner stopped at one of its own bounds, so
// that the piece was not scanned to its end; Policy: no malware, but something that the scanner's owner does not want.
const (
	Limits = "limits"
	Policy = "policy"
)

// Errors of a scan. ErrTooLarge says something of the piece, the others of the scanners.
var (
	ErrTooLarge = errors.New("larger than the scanner takes")
	ErrDown     = errors.New("no scanner answers")
	ErrReply    = errors.New("the scanner's answer can't be understood")
	ErrFault    = errors.New("the scanner reports an error")
)

// Piece is something to be scanned. Its bytes must not change meanwhile; they are sent as they are, without a copy.
type Piece struct {
	Name string // for a person: "the whole message", "uuencode setup.exe"
	Mail bool   // it is a mail, and no part of one
	Head []byte // sent before Body
	Body []byte
}

// Len is the number of bytes.
func (p *Piece) Len() int64 { return int64(len(p.Head) + len(p.Body)) }

// Engine is the protocol of one kind of scanner. It is safe for use by many goroutines.
type Engine interface {
	// Scan has one piece scanned over a fresh connection, which need not be closed and has a deadline. An error
	// means that nobody could tell; the Verdict is then of no use.
	Scan(c net.Conn, p *Piece) (Verdict, error)
	// Probe asks how the scanner is. dial opens connections with a deadline, which need not be closed. With test it also has
	// something harmless scanned.
	Probe(dial func() (net.Conn, error), test bool) (Condition, error)
}

// Condition is what a scanner tells of itself.
type Condition struct {
	Version  string    // of program and database together: another one makes what is remembered worthless
	Database string    // version of the database, for a person; "" if it has none or does not tell
	Dated    time.Time // when the database was made; zero: not told
	Scans    int       // scans at once that it bears; 0: not told
}

// Target is where a scanner is.
type Target struct {
	Name    string // in metrics and logs
	Network string // "unix" or "tcp"
	Address string
}
