public class Shop {
    static int price(String name) {
        return Integer.parseInt(name);
    }

    static void open() {
        try {
            price("tea");
        } catch (NumberFormatException error) {
            throw new IllegalStateException("the shop stays closed", error);
        }
    }

    public static void main(String[] words) {
        System.out.println("opening");
        open();
    }
}
