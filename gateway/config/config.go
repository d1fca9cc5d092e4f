// Package config reads weir.toml.
//
// The file is TOML and read strictly: a key that nothing knows, a value of the wrong type or out of range is an error
// that names file, line, column and key, and says what was probably meant. All mistakes are shown at once. A load is
// all or nothing: it gives a whole valid Config or none, so that a reload with a broken file changes nothing.
//
// Each package owns the struct of its table (smtp.Config, log.Config, a filter's own); here they are put together.
// A field is a setting if it has a toml tag; its comment tag is its one-sentence explanation, which `weir config
// defaults` prints and docs/config.md lists.
package config

import (
	"net/netip"
	"slices"

	"weir/filters/setting"
	"weir/gateway"
	"weir/gateway/dmarcreport"
	"weir/gateway/http"
	"weir/gateway/log"
	"weir/gateway/metrics"
	"weir/gateway/milter"
	"weir/gateway/quarantine"
	"weir/gateway/relay"
	"weir/gateway/resolver"
	"weir/gateway/seal"
	"weir/gateway/smtp"
	"weir/gateway/spamd"
	"weir/gateway/store"
	"weir/message/part"
)

// Config is a whole valid weir.toml, with defaults filled in.
type Config struct {
	Mode            Mode              `toml:"mode" comment:"enforce, or observe: deliver everything, and only say what would have happened"`
	Hostname        string            `toml:"hostname" comment:"our own name in greetings and header fields; empty: the machine's name"`
	AuthservID      string            `toml:"authserv_id" comment:"our name in Authentication-Results (RFC 8601); empty: hostname"`
	DataDir         string            `toml:"data_dir" comment:"folder for everything that Weir keeps"`
	TrustedNetworks []netip.Prefix    `toml:"trusted_networks" comment:"our own networks: their mail is outgoing, and their Received fields are believed"`
	StockRules      bool              `toml:"stock_rules" comment:"load the rules that come with Weir"`
	Rules           []string          `toml:"rules" comment:"rules files or folders of your own, read after the stock rules; the last score wins"`
	Budget          setting.Duration  `toml:"budget" comment:"longest time to judge one message; Postfix's smtpd_proxy_filter gives up after 100s"`
	Split           Split             `toml:"split" comment:"\"\": scan once and decide for each group of recipients; \"452\": put off recipients of another policy"`
	Early           Early             `toml:"early"`
	Headers         Headers           `toml:"headers"`
	Seal            seal.Config       `toml:"seal"`
	Message         Limits            `toml:"message"`
	SMTP            smtp.Config       `toml:"smtp"`
	NextHops        []relay.HopConfig `toml:"next_hop"`
	Policies        Policies          `toml:"policies"`
	Quarantine      quarantine.Config `toml:"quarantine"`
	Store           store.Config      `toml:"store"`
	Resolver        resolver.Config   `toml:"resolver"`
	Log             log.Config        `toml:"log"`
	Metrics         metrics.Config    `toml:"metrics"`
	HTTP            http.Config       `toml:"http"`
	Milter          milter.Config     `toml:"milter"`
	Spamd           spamd.Config      `toml:"spamd"`

	DMARCReport dmarcreport.Config `toml:"dmarc_report"`

	Filters map[string]*Filter // [filters.<name>], one for each filter there is; never nil after Load

	SubRules bool // rules that only metas use are run and reported too; weir scan asks for it, no setting does

	doc *document
}

// Early is the table [early]: what is refused before the message comes.
type Early struct {
	RefuseOn []string `toml:"refuse_on" comment:"symbols that refuse at connect, HELO, MAIL or RCPT; scores never do"`
}

// Headers is the table [headers]: the fields that Weir adds, and those that it removes.
type Headers struct {
	ID            string   `toml:"id" comment:"field with the reference id; \"\" adds none"`
	Flag          string   `toml:"flag" comment:"field that says YES on tagged mail; \"\" adds none"`
	Status        string   `toml:"status" comment:"field with verdict, score and symbols; \"\" adds none"`
	Score         string   `toml:"score" comment:"field with the score alone; \"\" adds none"`
	Virus         string   `toml:"virus" comment:"field with clean, not scanned or infected, where a scanner is set; \"\" adds none"`
	Results       bool     `toml:"authentication_results" comment:"add Authentication-Results to incoming mail: what SPF, DKIM, DMARC, ARC and others found (RFC 8601)"`
	SubjectPrefix string   `toml:"subject_prefix" comment:"put before the subject of tagged mail; \"\" leaves it alone"`
	Remove        []string `toml:"remove" comment:"fields removed from incoming mail, since only we may write them; * at the end matches any rest"`
}

// Limits is the table [message]: bounds of the parser. What lies beyond is reported, never read as clean.
type Limits struct {
	Depth       int          `toml:"depth" comment:"how deep parts may nest"`
	Parts       int          `toml:"parts" comment:"parts in one message"`
	HeaderBytes setting.Size `toml:"header_size" comment:"one header block"`
	Decoded     setting.Size `toml:"decoded_size" comment:"all decoded parts of one message together"`
}

// Default is the config of an empty file, without any filter's settings (Load adds those).
func Default() *Config {
	h, l := gateway.DefaultHeaders, part.DefaultLimits
	return &Config{
		Mode:       Enforce,
		DataDir:    "weir-data",
		StockRules: true,
		Budget:     setting.Duration(gateway.DefaultBudget),
		Headers:    Headers{ID: h.ID, Flag: h.Flag, Status: h.Status, Score: h.Score, Virus: h.Virus, Results: h.Results, Remove: slices.Clone(gateway.DefaultRemove)},
		Message:    Limits{Depth: l.Depth, Parts: l.Parts, HeaderBytes: setting.Size(l.HeaderBytes), Decoded: setting.Size(l.Decoded)},
		Seal:       seal.DefaultConfig(),
		SMTP:       smtp.DefaultConfig(),
		NextHops:   relay.DefaultConfig().Hops,
		Policies:   defaultPolicies(),
		Quarantine: quarantine.DefaultConfig(),
		Store:      store.DefaultConfig(),
		Resolver:   resolver.DefaultConfig(),
		Log:        log.DefaultConfig(),
		Metrics:    metrics.DefaultConfig(),
		HTTP:       http.DefaultConfig(),
		Milter:     milter.DefaultConfig(),
		Spamd:      spamd.DefaultConfig(),

		DMARCReport: dmarcreport.DefaultConfig(),

		Filters: map[string]*Filter{},
		doc:     &document{},
	}
}
