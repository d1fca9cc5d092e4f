package gateway

import (
	"net/netip"
	"time"

	"weir/filters"
	"weir/message/part"
)

// Settings are what the gateway itself needs to know from the config; package config fills them.
type Settings struct {
	Hostname   string           // our name
	AuthservID string           // RFC 8601 section 2.5; Hostname if empty
	Trusted    []netip.Prefix   // trusted_networks
	Budget     time.Duration    // for judging one message, all filters together; 0: 60s
	RefuseOn   []string         // symbols that refuse at connect, HELO, MAIL or RCPT
	Split452   bool             // split = "452": recipients of another policy are put off to a transaction of their own
	Headers    HeaderNames      // names of the fields that we add
	Sealing    Sealing          // of incoming mail that is sent on
	Remove     []string         // patterns of fields that only we may write: "X-Spam-*"
	Limits     part.Limits      // of the message parser
	Clock      func() time.Time // nil: time.Now
	Store      filters.Store    // what filters remember; nil: nothing is asked and noted
	Resolver   filters.Resolver // asked ahead of the filters (filters.Prefetcher); nil: nothing is
	Explain    bool             // reports say why each symbol was found
	Questions  int              // to the DNS, for one message; 0: filters.DefaultQuestions
}

// HeaderNames names the header fields that the gateway adds; "" leaves one out.
type HeaderNames struct {
	ID            string `toml:"id"`                     // the reference id
	Flag          string `toml:"flag"`                   // YES on tagged mail only
	Status        string `toml:"status"`                 // verdict, score and symbols
	Score         string `toml:"score"`                  // the score alone
	Virus         string `toml:"virus"`                  // clean, not scanned or infected, where a scanner is set
	SubjectPrefix string `toml:"subject_prefix"`         // put before the subject of tagged mail; "" leaves it
	Results       bool   `toml:"authentication_results"` // add Authentication-Results to incoming mail
}

// DefaultHeaders are the names that mail clients and sieve scripts know from SpamAssassin.
var DefaultHeaders = HeaderNames{ID: "X-Weir-ID", Flag: "X-Spam-Flag", Status: "X-Spam-Status", Score: "X-Spam-Score", Virus: "X-Virus-Status", Results: true}

// DefaultRemove are fields that a receiver's scanners write, and senders forge. Mail programs show the emblem that the BIMI
// fields name; no sender may say himself that it is his.
var DefaultRemove = []string{"X-Spam-*", "X-Virus-*", "X-Weir-*", "Received-SPF", "BIMI-Location", "BIMI-Indicator"}

// DefaultBudget for judging one message. Postfix's proxy filter gives up after 100 s.
const DefaultBudget = 60 * time.Second

func (s *Settings) now() time.Time {
	if s.Clock == nil {
		return time.Now()
	}
	return s.Clock()
}

func (s *Settings) budget() time.Duration {
	if s.Budget <= 0 {
		return DefaultBudget
	}
	return s.Budget
}

func (s *Settings) questions() int {
	if s.Questions <= 0 {
		return filters.DefaultQuestions
	}
	return s.Questions
}

func (s *Settings) authservID() string {
	if s.AuthservID == "" {
		return s.Hostname
	}
	return s.AuthservID
}
