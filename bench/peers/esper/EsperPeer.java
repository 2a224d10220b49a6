import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import com.espertech.esper.runtime.client.EPDeployment;
import com.espertech.esper.runtime.client.EPEventService;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The same alerts and ticks through Esper: a named window of all alerts with an index by symbol, direction and level (a
 * btree), asked for the levels between the last price and this one. In two ways:
 *
 *   find  this program remembers the last price of each symbol; Esper finds the alerts and they are counted, no more
 *   keep  Esper remembers the last price, finds the alerts, and keeps in each how often and when it has fired
 *
 * Neither has cooldowns, sessions, gaps or evidence, which is to Esper's advantage.
 *
 * Started with the way and the folder of `alerts` (int symbol, int up, double level) and `ticks` (int symbol, int 0,
 * double price), little-endian. For each line `FROM TO` on its input it takes those ticks in and answers with one line
 * of JSON.
 */
public final class EsperPeer {
    public static final class AlertRow {
        private final String id;
        private final String symbol;
        private final boolean up;
        private final double level;

        AlertRow(String id, String symbol, boolean up, double level) {
            this.id = id;
            this.symbol = symbol;
            this.up = up;
            this.level = level;
        }

        public String getId() { return id; }
        public String getSymbol() { return symbol; }
        public boolean isUp() { return up; }
        public double getLevel() { return level; }
    }

    /** Levels touched on the way from one price to the next: from `low` (not included) to `high`. */
    public static final class Step {
        private final String symbol;
        private final boolean up;
        private final double low;
        private final double high;

        Step(String symbol, boolean up, double low, double high) {
            this.symbol = symbol;
            this.up = up;
            this.low = low;
            this.high = high;
        }

        public String getSymbol() { return symbol; }
        public boolean isUp() { return up; }
        public double getLow() { return low; }
        public double getHigh() { return high; }
    }

    public static final class Tick {
        private final String symbol;
        private final double price;
        private final long at;

        Tick(String symbol, double price, long at) {
            this.symbol = symbol;
            this.price = price;
            this.at = at;
        }

        public String getSymbol() { return symbol; }
        public double getPrice() { return price; }
        public long getAt() { return at; }
    }

    private static final String FIND = String.join("\n",
        "@public create window AlertWindow#keepall as AlertRow;",
        "insert into AlertWindow select * from AlertRow;",
        "create index AlertIndex on AlertWindow(symbol hash, up hash, level btree);",
        "@name('up') on Step(up = true) as s select a.id as id from AlertWindow as a",
        "  where a.symbol = s.symbol and a.up = true and a.level in (s.low : s.high];",
        "@name('down') on Step(up = false) as s select a.id as id from AlertWindow as a",
        "  where a.symbol = s.symbol and a.up = false and a.level in [s.low : s.high);");

    private static final String KEEP = String.join("\n",
        "@public create window AlertWindow#keepall as",
        "  (id string, symbol string, up boolean, level double, epoch int, firedAt long);",
        "insert into AlertWindow select id, symbol, up, level, 1 as epoch, 0L as firedAt from AlertRow;",
        "create index AlertIndex on AlertWindow(symbol hash, up hash, level btree);",
        "@public insert into Move select symbol, prev(1, price) as before, price as now, at",
        "  from Tick#groupwin(symbol)#length(2);",
        "@name('up') on Move(now > before) as m update AlertWindow as a set epoch = a.epoch + 1, firedAt = m.at",
        "  where a.symbol = m.symbol and a.up = true and a.level in (m.before : m.now];",
        "@name('down') on Move(now < before) as m update AlertWindow as a set epoch = a.epoch + 1, firedAt = m.at",
        "  where a.symbol = m.symbol and a.up = false and a.level in [m.now : m.before);");

    private static long fired;

    public static void main(String[] arguments) throws Exception {
        boolean keeps = arguments[0].equals("keep");
        Path folder = Path.of(arguments[1]);
        Configuration configuration = new Configuration();
        configuration.getCommon().addEventType(AlertRow.class);
        configuration.getCommon().addEventType(Step.class);
        configuration.getCommon().addEventType(Tick.class);
        configuration.getRuntime().getThreading().setInternalTimerEnabled(false);
        EPRuntime runtime = EPRuntimeProvider.getDefaultRuntime(configuration);
        EPCompiled compiled = EPCompilerProvider.getCompiler().compile(keeps ? KEEP : FIND, new CompilerArguments(configuration));
        EPDeployment deployment = runtime.getDeploymentService().deploy(compiled);
        for (String name : new String[] {"up", "down"})
            runtime.getDeploymentService().getStatement(deployment.getDeploymentId(), name)
                .addListener((found, gone, statement, of) -> fired += found == null ? 0 : found.length);
        EPEventService service = runtime.getEventService();

        ByteBuffer alerts = read(folder.resolve("alerts"));
        int size = alerts.capacity() / 16;
        String[] symbols = new String[1000];
        for (int index = 0; index < symbols.length; index += 1) symbols[index] = "SYM" + index;
        long heapBefore = heap();
        double began = seconds();
        for (int index = 0; index < size; index += 1) {
            AlertRow row = new AlertRow(
                Integer.toString(index),
                symbols[alerts.getInt(16 * index)],
                alerts.getInt(16 * index + 4) == 1,
                alerts.getDouble(16 * index + 8));
            service.sendEventBean(row, "AlertRow");
        }
        double armed = seconds() - began;
        System.out.printf("{\"seconds\":%.6f,\"count\":%d,\"bytes\":%d}%n", armed, size, (heap() - heapBefore) / size);

        ByteBuffer ticks = read(folder.resolve("ticks"));
        double[] last = new double[symbols.length];
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] range = line.split(" ");
            int from = Integer.parseInt(range[0]);
            int to = Integer.parseInt(range[1]);
            fired = 0;
            began = seconds();
            for (int index = from; index < to; index += 1) {
                int symbol = ticks.getInt(16 * index);
                double price = ticks.getDouble(16 * index + 8);
                if (keeps) {
                    service.sendEventBean(new Tick(symbols[symbol], price, index), "Tick");
                    continue;
                }
                double before = last[symbol];
                last[symbol] = price;
                if (before == 0) continue;
                boolean up = price >= before;
                service.sendEventBean(
                    new Step(symbols[symbol], up, up ? before : price, up ? price : before), "Step");
            }
            double spent = seconds() - began;
            System.out.printf("{\"seconds\":%.6f,\"count\":%d,\"fired\":%d}%n", spent, to - from, fired);
        }
    }

    /** Processor time of the whole process, its collector included. */
    private static double seconds() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1e9;
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static ByteBuffer read(Path path) throws Exception {
        return ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
