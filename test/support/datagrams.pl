# Sends datagrams to a unix socket, which Node cannot: each comes on stdin behind its length (4 bytes, little-endian).
# Length 0 asks for a newline on stdout: all before it was taken by the socket.
use strict;
use warnings;
use Errno;
use Socket;

my $path   = shift;
my $target = sockaddr_un($path);
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
setsockopt($socket, SOL_SOCKET, 32, pack('i', 8 << 20));    # SO_SNDBUFFORCE, as libsystemd does
$| = 1;
binmode STDIN;
while (read(STDIN, my $head, 4)) {
    my $length = unpack('V', $head);
    if (!$length) { print "\n"; next }
    read(STDIN, my $datagram, $length) == $length or die "stdin ended within a datagram\n";
    my $deadline = time + 10;
    until (defined send($socket, $datagram, 0, $target)) {
        # the receiver may just be starting anew
        die "$path: $!\n" if !($!{ECONNREFUSED} || $!{ENOENT}) || time > $deadline;
        select undef, undef, undef, 0.01;
    }
}
