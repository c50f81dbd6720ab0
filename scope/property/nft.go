package property

import (
	"errors"
	"fmt"
	"strings"

	"gorun/internal/quoting"
	"gorun/internal/unitname"
)

// nftSet is (iiss): an nftables set, and what of the scope is added to it.
type nftSet struct {
	Source, Family int32
	Table, Set     string
}

// The numbers of sources are from systemd's firewall-util.h, those of families from the
// kernel's netfilter.h.
var (
	nftSources  = map[string]int32{"cgroup": 3, "user": 4, "group": 5}
	nftFamilies = map[string]int32{"inet": 1, "ip": 2, "arp": 3, "netdev": 5, "bridge": 7, "ip6": 10}
)

// nftSetsSyntax is a list of nftables sets (a(iiss)).
func nftSetsSyntax() syntax {
	return plain("SOURCE:FAMILY:TABLE:SET...", func(text string) ([]nftSet, error) {
		list, err := quoting.Split(text, whitespace)
		sets := []nftSet{}
		for _, word := range list {
			set, err := parseNFTSet(word)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", word, err)
			}
			sets = append(sets, set)
		}
		return sets, err
	})
}

// parseNFTSet reads one set and its source:
//
//	cgroup:inet:filter:my_scopes
func parseNFTSet(text string) (nftSet, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 4 {
		return nftSet{}, errors.New("must have four parts, separated by colons")
	}
	set := nftSet{nftSources[parts[0]], nftFamilies[parts[1]], parts[2], parts[3]}
	switch {
	case set.Source == 0:
		return set, errors.New("the first part must be cgroup, user or group")
	case set.Family == 0:
		return set, errors.New("the second part must be arp, bridge, inet, ip, ip6 or netdev")
	case !isNFTName(set.Table) || !isNFTName(set.Set):
		return set, errors.New("the names of the table and the set must be of at most 31 of these characters: letters, digits, dots and / \\ _")
	}
	return set, nil
}

// isNFTName reports whether a name is an identifier of nftables (nft_identifier_valid in
// parse-util.c).
func isNFTName(name string) bool {
	if name == "" || len(name) > 31 || !unitname.IsAlphanumeric(name[0]) || digits(name) > 0 {
		return false
	}
	for i := range len(name) {
		if !unitname.IsAlphanumeric(name[i]) && strings.IndexByte(`/\_.`, name[i]) < 0 {
			return false
		}
	}
	return true
}
