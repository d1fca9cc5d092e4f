package metrics

// Config is the table [metrics].
type Config struct {
	Listen string `toml:"listen" comment:"address for /live, /ready and /metrics; \"\" switches them off"`
	PProf  bool   `toml:"pprof" comment:"serve Go's profiles under /debug/pprof/; only on a loopback address"`
}

// DefaultConfig listens on loopback only, without profiles.
func DefaultConfig() Config { return Config{Listen: "127.0.0.1:2580"} }
