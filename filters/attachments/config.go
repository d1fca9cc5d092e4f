package attachments

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/filters/setting"
	"weir/message/archive"
)

// Config is the table [filters.attachments].
type Config struct {
	Forbidden      []string         `toml:"forbidden" comment:"endings of files that nobody needs by mail"`
	ForbiddenInner []string         `toml:"forbidden_inner" comment:"the same within archives and documents"`
	ForbiddenNames []string         `toml:"forbidden_names" comment:"whole names, with * and ?, anywhere"`
	ForbiddenTypes []string         `toml:"forbidden_types" comment:"what a file really is: program script shortcut onenote help compound rtf pdf html svg picture encrypted, or an archive's format: zip 7z rar iso …"`
	Depth          int              `toml:"depth" comment:"archives within archives that are opened, 1 to 20"`
	Entries        int              `toml:"entries" comment:"files in all archives of one mail that are looked at, at most 100000"`
	Unpacked       setting.Size     `toml:"unpacked" comment:"bytes that come out of all archives of one mail, at most 1GB"`
	Ratio          int              `toml:"ratio" comment:"more than this many bytes from one are a bomb, 10 to 2000"`
	Time           setting.Duration `toml:"time" comment:"for all attachments of one mail, at most 1m"`
	QR             bool             `toml:"qr" comment:"look for QR codes in pictures"`
	QRPixels       int              `toml:"qr_pixels" comment:"pixels of all pictures of one mail that are looked at; of one picture 4194304"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	l := archive.DefaultLimits
	return Config{
		Forbidden: strings.Fields(`ade adp appinstaller application appref-ms appx bat chm cmd com cpl csh diagcab dll exe gadget hlp hta img inf ins iso isp
			jar jnlp js jse ksh lib library-ms lnk mad maf mam mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msi msix msp mst ocx one onepkg ops
			pif ppkg prg ps1 ps2 psc1 psd1 psm1 rdp reg scf scr sct search-ms settingcontent-ms shb shs sys theme themepack udf url vb vbe vbs vhd vhdx
			vxd website wim wsc wsf wsh wll xbap xll xnk`),
		ForbiddenInner: strings.Fields(`appinstaller appx bat chm cmd com cpl diagcab exe hta img iso jar jnlp js jse library-ms lnk msc msi msix one onepkg pif
			ps1 scf scr sct search-ms settingcontent-ms shb shs url vbe vbs vhd vhdx website wsc wsf wsh xll`),
		ForbiddenNames: []string{}, ForbiddenTypes: []string{"program", "shortcut", "onenote", "help"},
		Depth: l.Depth, Entries: l.Entries, Unpacked: setting.Size(l.Bytes), Ratio: int(l.Ratio), Time: setting.Duration(l.Time), QR: true, QRPixels: 8 << 20,
	}
}

// check refuses what makes no sense; errors name the key.
func (c *Config) check() error {
	for _, one := range []struct {
		key           string
		value, lo, hi int64
	}{{"depth", int64(c.Depth), 1, 20}, {"entries", int64(c.Entries), 1, 100000}, {"ratio", int64(c.Ratio), 10, 2000},
		{"qr_pixels", int64(c.QRPixels), 0, 1 << 30}, {"unpacked", int64(c.Unpacked), 1 << 10, 1 << 30}} {
		if one.value < one.lo || one.value > one.hi {
			return fmt.Errorf("%s must be from %d to %d, not %d", one.key, one.lo, one.hi, one.value)
		}
	}
	if d := c.Time.D(); d <= 0 || d > time.Minute {
		return fmt.Errorf("time must be above 0 and at most 1m")
	}
	return c.checkLists()
}

func (c *Config) checkLists() error {
	for _, one := range []struct {
		key  string
		list []string
	}{{"forbidden", c.Forbidden}, {"forbidden_inner", c.ForbiddenInner}} {
		for _, ending := range one.list {
			if ending == "" || strings.ContainsAny(ending, "*?/. ") {
				return fmt.Errorf("%s: %q is no ending: write \"exe\", without dot; whole names go into forbidden_names", one.key, ending)
			}
		}
	}
	for _, t := range c.ForbiddenTypes {
		if !slices.Contains(typeNames(), t) {
			return fmt.Errorf("forbidden_types: unknown type %q: one of %s", t, strings.Join(typeNames(), " "))
		}
	}
	return nil
}

// typeNames are the words that forbidden_types may have.
func typeNames() []string {
	names := append(slices.Clone(kindNames[1:]), "encrypted")
	for f := archive.Zip; f <= archive.Other; f++ {
		names = append(names, f.String())
	}
	return names
}
