/** As pages and their titles say it; static/index.html has it, too, for the moment before this is loaded. */
export const SHOP_NAME = 'Hearthside';
