package property

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// addressPrefix is (iayu): all addresses of a family that begin with the same bits.
type addressPrefix struct {
	Family  int32
	Address []byte
	Bits    uint32
}

// addressNames are the words that stand for prefixes.
var addressNames = map[string][]string{
	"any":        {"0.0.0.0/0", "::/0"},
	"localhost":  {"127.0.0.0/8", "::1/128"},
	"link-local": {"169.254.0.0/16", "fe80::/64"},
	"multicast":  {"224.0.0.0/4", "ff00::/8"},
}

// addressesSyntax is a list of IP addresses (a(iayu)).
func addressesSyntax() syntax { return plain("ADDRESS[/BITS]...", parseAddresses) }

// parseAddresses reads a list of addresses, prefixes and names. systemd-run(1) accepts a
// name alone; unit files also in lists.
//
//	localhost   10.0.0.0/8 192.0.2.1   2001:db8::/32
func parseAddresses(text string) ([]addressPrefix, error) {
	list := []addressPrefix{}
	for _, word := range strings.Fields(text) {
		for _, prefix := range addressesNamed(word) {
			p, err := parsePrefix(prefix)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", word, err)
			}
			list = append(list, p)
		}
	}
	return list, nil
}

// addressesNamed is what a word stands for. A word that is no name stands for itself.
func addressesNamed(word string) []string {
	if isLocalhost(word) {
		word = "localhost"
	}
	if prefixes, ok := addressNames[word]; ok {
		return prefixes
	}
	return []string{word}
}

// isLocalhost reports whether a word is a name of the local host (is_localhost in
// hostname-util.c).
func isLocalhost(word string) bool {
	word = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(word), "."), ".localdomain")
	return word == "localhost" || strings.HasSuffix(word, ".localhost")
}

// parsePrefix reads an address, with or without the length of a prefix.
func parsePrefix(text string) (addressPrefix, error) {
	host, bits, masked := strings.Cut(text, "/")
	address, err := netip.ParseAddr(host)
	if err != nil || address.Zone() != "" {
		return addressPrefix{}, errors.New("not an IP address, nor any, localhost, link-local or multicast")
	}
	p := addressPrefix{unix.AF_INET6, address.AsSlice(), uint32(address.BitLen())}
	if address.Is4() {
		p.Family = unix.AF_INET
	}
	if masked {
		n, err := parseCount(bits, 0, uint64(p.Bits))
		if err != nil {
			return addressPrefix{}, fmt.Errorf("bits: %w", err)
		}
		p.Bits = uint32(n)
	}
	return p, nil
}

// filterSyntax is the path of a BPF program (as).
func filterSyntax() syntax {
	return plain("PATH", func(text string) ([]string, error) {
		return []string{text}, checkCleanly(text, checkPath)
	}).orEmpty([]string{})
}

// attachedProgram is (ss): a BPF program and where it is attached.
type attachedProgram struct{ Type, Path string }

// attachTypes are the places where BPF programs are attached (bpf-program.c).
var attachTypes = []string{
	"ingress", "egress", "sock_create", "sock_ops", "device", "bind4", "bind6", "connect4", "connect6",
	"post_bind4", "post_bind6", "sendmsg4", "sendmsg6", "sysctl", "recvmsg4", "recvmsg6", "getsockopt", "setsockopt",
}

// programSyntax is a BPF program and where it is attached (a(ss)).
func programSyntax() syntax {
	return plain("TYPE:PATH", func(text string) ([]attachedProgram, error) {
		place, path, _ := strings.Cut(text, ":")
		if !slices.Contains(attachTypes, place) {
			return nil, fmt.Errorf("must be TYPE:PATH, where TYPE is one of %s", strings.Join(attachTypes, ", "))
		}
		return []attachedProgram{{place, path}}, checkCleanly(path, checkPath)
	}).orEmpty([]attachedProgram{})
}

// socketPorts is (iiqq): the ports that sockets may be bound to. 0 is any.
type socketPorts struct {
	Family, Protocol int32
	Count, First     uint16
}

// socketBindSyntax is a choice of ports (a(iiqq)).
func socketBindSyntax() syntax {
	return plain("[ipv4:|ipv6:][tcp:|udp:][PORT|PORT-PORT|any]", func(text string) ([]socketPorts, error) {
		ports, err := parseSocketPorts(text)
		return []socketPorts{ports}, err
	}).orEmpty([]socketPorts{})
}

var (
	socketFamilies  = map[string]int32{"ipv4": unix.AF_INET, "ipv6": unix.AF_INET6}
	socketProtocols = map[string]int32{"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP}
)

// parseSocketPorts reads a choice of ports. Each part may be left out, but not all of them
// (parse_socket_bind_item in parse-helpers.c).
//
//	any   tcp:22   ipv6:udp:1024-65535   ipv4:tcp   ipv6
func parseSocketPorts(text string) (p socketPorts, err error) {
	parts := strings.Split(text, ":")
	take := func(known map[string]int32) (n int32) {
		if len(parts) > 0 && known[parts[0]] != 0 {
			n = known[parts[0]]
			parts = parts[1:]
		}
		return n
	}
	p.Family, p.Protocol = take(socketFamilies), take(socketProtocols)
	switch {
	case len(parts) == 0, len(parts) == 1 && parts[0] == "any":
		return p, nil
	case len(parts) > 1:
		return p, errors.New("must be [ipv4:|ipv6:][tcp:|udp:] and a port, a range such as 1-1024, or any")
	}
	low, high, err := parseRange(parts[0], 65535)
	switch {
	case err != nil:
		return p, fmt.Errorf("port: %w", err)
	case low == 0:
		return p, errors.New("port 0 is invalid; any means all ports")
	}
	p.First, p.Count = uint16(low), uint16(high-low+1)
	return p, nil
}

// interfaceSet is (bas): network interfaces, or all except these.
type interfaceSet struct {
	Allow bool
	Names []string
}

// interfacesSyntax is a list of network interfaces ((bas)). A ~ in front means all except
// these.
func interfacesSyntax() syntax {
	return plain("[~]INTERFACE...", func(text string) (interfaceSet, error) {
		names, denied := strings.CutPrefix(text, "~")
		set := interfaceSet{!denied, append([]string{}, strings.Fields(names)...)}
		for _, name := range set.Names {
			if err := checkInterface(name); err != nil {
				return set, fmt.Errorf("%s: %w", name, err)
			}
		}
		return set, nil
	})
}

// checkInterface wants the name, or alternative name, of a network interface
// (ifname_valid_full in parse-util.c).
func checkInterface(name string) error {
	bad := strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 127 || strings.ContainsRune(":/%", r) })
	reserved := slices.Contains([]string{"", ".", "..", "all", "default"}, name)
	if bad || reserved || len(name) >= 128 || digits(name) == len(name) {
		return errors.New("not the name of a network interface")
	}
	return nil
}
