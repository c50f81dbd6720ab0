package property

// networkRows restrict and filter the network (systemd.resource-control(5)).
var networkRows = []Info{
	{Name: "BPFProgram", syntax: programSyntax, Since: 249, Controller: BPF, List: true, Reset: true,
		Help: "a BPF program that is attached to the scope's cgroup"},
	{Name: "BindNetworkInterface", syntax: func() syntax { return checked("INTERFACE", checkInterface).orEmpty("") }, Since: 260, Controller: BPF, Reset: true,
		Help: "the network interface that sockets are bound to"},
	{Name: "IPAccounting", syntax: boolSyntax, Controller: BPF, Help: "count bytes and packets; off by default"},
	{Name: "IPAddressAllow", syntax: addressesSyntax, Controller: BPF, List: true, Reset: true,
		Help: "addresses that may be reached despite IPAddressDeny"},
	{Name: "IPAddressDeny", syntax: addressesSyntax, Controller: BPF, List: true, Reset: true,
		Help: "addresses that cannot be reached"},
	{Name: "IPEgressFilterPath", syntax: filterSyntax, Since: 243, Controller: BPF, List: true, Reset: true,
		Help: "a BPF program that filters outgoing packets"},
	{Name: "IPIngressFilterPath", syntax: filterSyntax, Since: 243, Controller: BPF, List: true, Reset: true,
		Help: "a BPF program that filters incoming packets"},
	{Name: "NFTSet", syntax: nftSetsSyntax, Controller: Netlink, Since: 255, List: true, Reset: true,
		Help: "an nftables set that the scope's cgroup is added to"},
	// D-Bus has it for scopes; systemd-run(1) accepts it only for services.
	{Name: "RestrictNetworkInterfaces", syntax: interfacesSyntax, Since: 250, Controller: BPF, List: true, Reset: true,
		Help: "the network interfaces that may be used; with ~ all except these"},
	{Name: "SocketBindAllow", syntax: socketBindSyntax, Since: 249, Controller: BPF, List: true, Reset: true,
		Help: "ports that sockets may be bound to despite SocketBindDeny"},
	{Name: "SocketBindDeny", syntax: socketBindSyntax, Since: 249, Controller: BPF, List: true, Reset: true,
		Help: "ports that sockets may not be bound to"},
}
